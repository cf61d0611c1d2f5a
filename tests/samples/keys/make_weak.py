#!/usr/bin/env python3
"""Writes RSA public keys (SubjectPublicKeyInfo, DER) of 2048 bits, each with one weakness built in,
beside this file. Primes come from openssl prime or are built here from fixed seeds."""
import pathlib
import random

HERE = pathlib.Path(__file__).parent
RNG = random.Random(20261125)
SMALL = [p for p in range(2, 168) if all(p % q for q in range(2, p))]


def is_prime(n):
    if any(n % p == 0 for p in SMALL):
        return n in SMALL
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for _ in range(24):
        x = pow(RNG.randrange(2, n - 1), d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def next_prime(n):
    n |= 1
    while not is_prime(n):
        n += 2
    return n


def prime(bits=1024):
    return next_prime(RNG.getrandbits(bits) | 3 << (bits - 2))


def roca_prime(bits=1024):
    """k * M + (65537 ** a mod M), M the product of the first 126 primes (Nemec et al., 2017)."""
    product, count, p = 1, 0, 1
    while count < 126:
        p += 1
        if all(p % q for q in range(2, int(p ** 0.5) + 1)):
            product, count = product * p, count + 1
    while True:
        k = RNG.getrandbits(bits - product.bit_length()) | 3 << (bits - product.bit_length() - 2)
        n = k * product + pow(65537, RNG.getrandbits(200), product)
        if n.bit_length() == bits and is_prime(n):
            return n


def der(tag, content):
    n = len(content)
    size = bytes([n]) if n < 128 else bytes([0x82, n >> 8, n & 255])
    return bytes([tag]) + size + content


def integer(n):
    return der(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def public(name, n, e=65537):
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    key = der(0x30, integer(n) + integer(e))
    (HERE / name).write_bytes(der(0x30, algorithm + der(3, b"\0" + key)))


def main():
    p, q, r = prime(), prime(), prime()
    public("weak-roca.der", roca_prime() * roca_prime())
    close = prime()
    public("weak-close.der", close * next_prime(close + (1 << 500)))
    public("odd-near.der", close * next_prime(close + (1 << 900)))
    public("weak-square.der", p * p)
    public("weak-shared-1.der", p * q)
    public("weak-shared-2.der", p * r)
    public("weak-factor.der", 65521 * prime(2033))
    public("weak-even.der", 2 * prime(2047))
    public("weak-e1.der", q * r, 1)
    public("weak-e2.der", q * prime(), 65538)
    public("good-factor.der", 65537 * prime(2032))


if __name__ == "__main__":
    main()
