// drive makes logs in memory by other people's packages and has a witness cosign them as they grow:
//
//	drive keys LOGS                           the logs' keys, a line each
//	drive run URL VKEY LOGS REQUESTS          prints how many a second
//
// Client, tree, proofs, checkpoints and the check of each cosignature are theirs.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	tlog "github.com/transparency-dev/formats/log"
	fnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	client "github.com/transparency-dev/witness/client/http"
	"github.com/transparency-dev/witness/witness"
	"golang.org/x/mod/sumdb/note"
)

type memoryLog struct {
	origin, vkey string
	signer       note.Signer
	tree         *compact.Range
	nodes        map[compact.NodeID][]byte
}

func newLog(n int) *memoryLog {
	l := &memoryLog{origin: fmt.Sprintf("drive.example/%d", n), nodes: map[compact.NodeID][]byte{}}
	var seed [32]byte
	seed[0], seed[1] = byte(n), byte(n>>8)
	skey, vkey, err := note.GenerateKey(rand.NewChaCha8(seed), l.origin)
	if err != nil {
		log.Fatal(err)
	}
	if l.signer, err = note.NewSigner(skey); err != nil {
		log.Fatal(err)
	}
	l.vkey = vkey
	l.tree = (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewEmptyRange(0)
	return l
}

func (l *memoryLog) size() uint64 { return l.tree.End() }

func (l *memoryLog) grow() {
	leaf := rfc6962.DefaultHasher.HashLeaf([]byte(fmt.Sprint(l.size())))
	keep := func(id compact.NodeID, hash []byte) { l.nodes[id] = hash }
	if err := l.tree.Append(leaf, keep); err != nil {
		log.Fatal(err)
	}
}

// checkpoint is signed, with a proof from an older size.
func (l *memoryLog) checkpoint(older uint64) ([]byte, [][]byte) {
	root, err := l.tree.GetRootHash(nil)
	if err != nil {
		log.Fatal(err)
	}
	text := tlog.Checkpoint{Origin: l.origin, Size: l.size(), Hash: root}.Marshal()
	signed, err := note.Sign(&note.Note{Text: string(text)}, l.signer)
	if err != nil {
		log.Fatal(err)
	}
	if older == 0 || older == l.size() {
		return signed, nil
	}
	nodes, err := proof.Consistency(older, l.size())
	if err != nil {
		log.Fatal(err)
	}
	hashes := make([][]byte, len(nodes.IDs))
	for i, id := range nodes.IDs {
		hashes[i] = l.nodes[id]
	}
	if hashes, err = nodes.Rehash(hashes, rfc6962.DefaultHasher.HashChildren); err != nil {
		log.Fatal(err)
	}
	return signed, hashes
}

// drive grows the log by an entry a request.
func (l *memoryLog) drive(w client.Witness, v note.Verifier, requests int) {
	var older uint64
	for range requests {
		l.grow()
		signed, hashes := l.checkpoint(older)
		lines, size, err := w.Update(context.Background(), older, signed, hashes)
		if errors.Is(err, witness.ErrCheckpointStale) { // from an earlier run: it says where it stands
			for l.size() < size {
				l.grow()
			}
			older = size
			continue
		}
		if err != nil {
			log.Fatalf("%s at %d: %v", l.origin, l.size(), err)
		}
		if n, err := note.Open(bytes.Join([][]byte{signed, lines}, nil), note.VerifierList(v)); err != nil {
			log.Fatalf("%s at %d: %v %v", l.origin, l.size(), n, err)
		}
		older = l.size()
	}
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		log.Fatal(err)
	}
	return n
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "keys" {
		for i := range number(os.Args[2]) {
			fmt.Println(newLog(i).vkey)
		}
		return
	}
	if len(os.Args) != 6 || os.Args[1] != "run" {
		log.Fatal("keys LOGS, or run URL VKEY LOGS REQUESTS")
	}
	address, err := url.Parse(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	v, err := fnote.NewVerifierForCosignatureV1(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	logs, requests := number(os.Args[4]), number(os.Args[5])
	hc := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: logs}}
	var all sync.WaitGroup
	start := time.Now()
	for i := range logs {
		all.Go(func() { newLog(i).drive(client.NewWitness(address, hc), v, requests) })
	}
	all.Wait()
	fmt.Printf("%d cosignatures that hold, %.0f a second\n", logs*requests,
		float64(logs*requests)/time.Since(start).Seconds())
}
