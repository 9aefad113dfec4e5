#!/bin/sh
# Makes the certificates that tests use, anew and all together, valid for a hundred years. Their keys are worth nothing.
set -eu
cd "$(dirname "$0")"
rm -f ./*.pem

authority() { # file, name
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -sha256 \
    -subj "/CN=$2" -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign' \
    -keyout "$1.key.pem" -out "$1.pem"
}

signed() { # file, name, extensions
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$2" \
    -keyout "$1.key.pem" -out request.csr
  printf '%s\n' "$3" >extensions.cnf
  openssl x509 -req -in request.csr -CA authority.pem -CAkey authority.key.pem -CAcreateserial -days 36500 -sha256 \
    -extfile extensions.cnf -out "$1.pem"
  rm -f request.csr extensions.cnf
}

authority authority 'Test authority'
authority stranger 'Authority that nobody knows'
signed server 'Test receiver' 'subjectAltName=DNS:localhost,DNS:hooks.example.com,IP:127.0.0.1
extendedKeyUsage=serverAuth'
signed client 'Posthorn in a test' 'extendedKeyUsage=clientAuth'
openssl pkcs8 -topk8 -in client.key.pem -passout pass:secret -out client.encrypted-key.pem
rm -f authority.key.pem stranger.key.pem ./*.srl
