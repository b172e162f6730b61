/** Self-signed certificates for tests that only read them: RFC 5280 §4.1, the least of it. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

export interface Pair {
  /** PEM. */
  readonly certificate: string
  readonly key: string
}

/** A new key (a P-256 one, or RSA of so many bits) and a certificate for it. */
export function selfSigned(kind: 'P-256' | { rsaBits: number } = 'P-256'): Pair {
  const { publicKey, privateKey } =
    kind === 'P-256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: kind.rsaBits })
  const algorithm = kind === 'P-256' ? der(0x30, ECDSA_SHA256) : der(0x30, RSA_SHA256, der(0x05))
  const content = toBeSigned(publicKey, algorithm)
  const signature = der(0x03, Buffer.from([0]), sign('sha256', content, privateKey))
  const certificate = der(0x30, content, algorithm, signature)
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n')
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${certificate}-----END CERTIFICATE-----\n`,
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  }
}

const ECDSA_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex')
const RSA_SHA256 = Buffer.from('06092a864886f70d01010b', 'hex')
const COMMON_NAME = Buffer.from('0603550403', 'hex')

function toBeSigned(publicKey: KeyObject, algorithm: Buffer): Buffer {
  const name = der(0x30, der(0x31, der(0x30, COMMON_NAME, der(0x0c, Buffer.from('sso.example')))))
  const validity = der(0x30, der(0x17, Buffer.from('260101000000Z')), der(0x17, Buffer.from('360101000000Z')))
  const version = der(0xa0, der(0x02, Buffer.from([2])))
  const serial = der(0x02, Buffer.from([1]))
  const key = publicKey.export({ format: 'der', type: 'spki' })
  return der(0x30, version, serial, algorithm, name, validity, name, key)
}

/** Tag, length, contents. */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const size = content.length
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}
