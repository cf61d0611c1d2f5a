// Sigstore's Go library, which cosign is made of, on a bundle of a P-256 key:
// go run . TRUSTED_ROOT PUBLIC_KEY.pem BUNDLE.sigstore.json IMAGE
package main

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"time"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/signature"
)

type material struct {
	root.TrustedMaterial
	key root.TimeConstrainedVerifier
}

func (m material) PublicKeyVerifier(string) (root.TimeConstrainedVerifier, error) {
	return m.key, nil
}

func check() error {
	trusted, err := root.NewTrustedRootFromPath(os.Args[1])
	if err != nil {
		return err
	}
	file, err := os.ReadFile(os.Args[2])
	if err != nil {
		return err
	}
	block, _ := pem.Decode(file)
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return err
	}
	verifier, err := signature.LoadVerifier(public, crypto.SHA256)
	if err != nil {
		return err
	}
	b, err := bundle.LoadJSONFromPath(os.Args[3])
	if err != nil {
		return err
	}
	image, err := os.ReadFile(os.Args[4])
	if err != nil {
		return err
	}
	key := root.NewExpiringKey(verifier, time.Time{}, time.Time{})
	v, err := verify.NewVerifier(material{trusted, key}, verify.WithTransparencyLog(1),
		verify.WithNoObserverTimestamps())
	if err != nil {
		return err
	}
	digest := sha256.Sum256(image)
	_, err = v.Verify(b, verify.NewPolicy(verify.WithArtifactDigest("sha256", digest[:]), verify.WithKey()))
	return err
}

func main() {
	if err := check(); err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
	fmt.Println("holds")
}
