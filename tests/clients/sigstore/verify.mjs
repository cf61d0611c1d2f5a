// Sigstore's own verifier on a bundle: node verify.mjs TRUSTED_ROOT PUBLIC_KEY.pem BUNDLE [IMAGE]. A file of
// several lines is a bundle each. Prints what holds; exit 1 where one does not.
import crypto from "node:crypto";
import fs from "node:fs";
import { bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";

const [rootFile, keyFile, bundleFile, imageFile] = process.argv.slice(2);
const root = TrustedRoot.fromJSON(JSON.parse(fs.readFileSync(rootFile)));
const publicKey = crypto.createPublicKey(fs.readFileSync(keyFile));
const verifier = new Verifier(
	toTrustMaterial(root, () => ({ publicKey, validFor: () => true })),
	{ tlogThreshold: 1, ctlogThreshold: 0, timestampThreshold: 0 },
);
const text = fs.readFileSync(bundleFile, "utf8");
const bundles = bundleFile.endsWith(".jsonl") ? text.trim().split("\n") : [text];
let wrong = 0;
for (const [i, json] of bundles.entries()) {
	try {
		const bundle = bundleFromJSON(JSON.parse(json));
		verifier.verify(toSignedEntity(bundle));
		if (imageFile) {
			const statement = JSON.parse(bundle.content.dsseEnvelope.payload);
			const digest = crypto.createHash("sha256").update(fs.readFileSync(imageFile)).digest("hex");
			if (!statement.subject.some((s) => s.digest.sha256 === digest))
				throw new Error("it speaks of another image");
		}
		console.log(`bundle ${i + 1}: holds`);
	} catch (error) {
		console.log(`bundle ${i + 1}: ${error.message}`);
		wrong = 1;
	}
}
process.exit(wrong);
