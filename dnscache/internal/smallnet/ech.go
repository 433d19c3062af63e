//go:build linux

package smallnet

import (
	"crypto/ecdh"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
)

// ECHName is the name that a listener sees instead of hidden.svc.com.
const ECHName = "seen.svc.com"

// ECH returns the key of the server of hidden.svc.com for Encrypted Client Hello, and the ECHConfigList that the name's
// HTTPS record has (RFC 9849 section 4). It is the same in every process.
func ECH() (tls.EncryptedClientHelloKey, []byte) {
	seed := sha256.Sum256([]byte(ECHName))
	private, err := ecdh.X25519().NewPrivateKey(seed[:])
	if err != nil {
		panic(err) // 32 octets are a key
	}
	sized := func(b, v []byte) []byte { return append(binary.BigEndian.AppendUint16(b, uint16(len(v))), v...) }
	contents := []byte{1, 0, 0x20} // config 1: DHKEM(X25519, HKDF-SHA256)
	contents = sized(contents, private.PublicKey().Bytes())
	contents = sized(contents, []byte{0, 1, 0, 1}) // HKDF-SHA256, AES-128-GCM
	contents = append(append(contents, 0, byte(len(ECHName))), ECHName...)
	contents = sized(contents, nil) // extensions
	config := sized([]byte{0xfe, 0x0d}, contents)
	return tls.EncryptedClientHelloKey{Config: config, PrivateKey: private.Bytes(), SendAsRetry: true}, sized(nil, config)
}
