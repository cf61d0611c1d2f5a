// A log on a disk, read by code that other people wrote: main DIR/public VKEY [PREFIX]
// PREFIX: each entry must be PREFIX and its number, and a line end.
package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"filippo.io/torchwood"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(what string, err error) {
	if err != nil {
		fmt.Printf("NO  %s: %v\n", what, err)
		os.Exit(1)
	}
}

func main() {
	dir, vkey, prefix := os.Args[1], os.Args[2], ""
	if len(os.Args) > 3 {
		prefix = os.Args[3]
	}
	ctx := context.Background()

	verifier, err := note.NewVerifier(vkey)
	must("x/mod note: key", err)
	signed, err := os.ReadFile(dir + "/checkpoint")
	must("checkpoint", err)
	_, err = note.Open(signed, note.VerifierList(verifier))
	must("x/mod note: checkpoint", err)
	checkpoint, _, err := torchwood.VerifyCheckpoint(signed, torchwood.ThresholdPolicy(2,
		torchwood.OriginPolicy(verifier.Name()), torchwood.SingleVerifierPolicy(verifier)))
	must("torchwood: checkpoint", err)
	tree := checkpoint.Tree
	fmt.Printf("yes signed note, checkpoint of %d entries\n", tree.N)

	// All entries, each under the tree.
	files, err := torchwood.NewTileFS(os.DirFS(dir))
	must("torchwood: files", err)
	reader, err := torchwood.NewClient(files)
	must("torchwood: client", err)
	var entries [][]byte
	for i, entry := range reader.AllEntries(ctx, tree, 0) {
		if prefix != "" && string(entry) != fmt.Sprintf("%s%d\n", prefix, i) {
			must("torchwood: entries", fmt.Errorf("entry %d is %q", i, entry))
		}
		entries = append(entries, entry)
	}
	must("torchwood: entries", reader.Err())
	if int64(len(entries)) != tree.N {
		must("torchwood: entries", fmt.Errorf("%d of %d", len(entries), tree.N))
	}
	fmt.Printf("yes torchwood: all entries\n")

	// Proofs that x/mod makes of the tiles, which it authenticates, and checks.
	hashes := torchwood.TileHashReaderWithContext(ctx, tree, files)
	for range 200 {
		i := rand.Int64N(tree.N)
		proof, err := tlog.ProveRecord(tree.N, i, hashes)
		must("x/mod tlog: inclusion", err)
		must("x/mod tlog: inclusion", tlog.CheckRecord(proof, tree.N, tree.Hash, i, tlog.RecordHash(entries[i])))
		older := rand.Int64N(tree.N) + 1
		root, err := tlog.TreeHash(older, hashes)
		must("x/mod tlog: older root", err)
		treeProof, err := tlog.ProveTree(tree.N, older, hashes)
		must("x/mod tlog: consistency", err)
		must("x/mod tlog: consistency", tlog.CheckTree(treeProof, tree.N, tree.Hash, older, root))
	}
	fmt.Printf("yes x/mod tlog: 200 inclusions, 200 consistencies\n")

	// Every tile and bundle against the checkpoint.
	checker := fsck.New(verifier.Name(), verifier, client.FileFetcher{Root: dir}, hashBundle, fsck.Opts{N: 2})
	start := time.Now()
	must("Tessera fsck", checker.Check(ctx))
	fmt.Printf("yes Tessera fsck: every tile and bundle, in %v\n", time.Since(start).Round(time.Millisecond))
}

func hashBundle(bundle []byte) ([][]byte, error) {
	var leaves [][]byte
	for len(bundle) > 0 {
		entry, rest, err := torchwood.ReadTileEntry(bundle)
		if err != nil {
			return nil, err
		}
		leaves = append(leaves, rfc6962.DefaultHasher.HashLeaf(entry))
		bundle = rest
	}
	return leaves, nil
}
