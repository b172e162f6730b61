/** Rules for `listen.tls` and `trusted_proxies`. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { parseIpRange } from '../../base/ip-address.ts'
import type { Facts } from './facts.ts'

const MIN_RSA_BITS = 2048

/** The certificate and its key must parse, belong together and be strong enough; proxies must be addresses or ranges. */
export function reportListenFaults(facts: Facts): void {
  reportTlsFaults(facts)
  for (const [index, proxy] of (facts.file.trusted_proxies ?? []).entries()) {
    if (proxy === undefined || parseIpRange(proxy) !== undefined) continue
    const allowed = 'an IP address such as 10.0.0.7 or a range such as 10.0.0.0/8'
    facts.faults.report(['trusted_proxies', index], { message: 'is no IP address and no CIDR range', allowed })
  }
}

function reportTlsFaults({ texts, faults }: Facts): void {
  const [certificate, key] = [texts.get('listen.tls.certificate_file'), texts.get('listen.tls.key_file')]
  const parsedCertificate = certificate === undefined ? undefined : parseCertificate(certificate)
  const parsedKey = key === undefined ? undefined : parseKey(key)
  if (certificate !== undefined && !parsedCertificate) {
    faults.report(['listen', 'tls', 'certificate_file'], {
      message: 'the file has no certificate',
      allowed: 'PEM: -----BEGIN CERTIFICATE-----',
    })
  }
  if (key !== undefined && !parsedKey) {
    const allowed = 'PEM without a passphrase: -----BEGIN PRIVATE KEY-----'
    faults.report(['listen', 'tls', 'key_file'], { message: 'the file has no private key that can be read', allowed })
  }
  if (!parsedCertificate || !parsedKey) return
  const bits = parsedKey.asymmetricKeyDetails?.modulusLength ?? MIN_RSA_BITS
  if (bits < MIN_RSA_BITS) {
    const allowed = `${MIN_RSA_BITS} bits at least, or an elliptic curve key`
    faults.report(['listen', 'tls', 'key_file'], { message: `the RSA key has only ${bits} bits`, allowed })
  } else if (!parsedCertificate.checkPrivateKey(parsedKey)) {
    const allowed = 'the key that the certificate in certificate_file was made for'
    faults.report(['listen', 'tls', 'key_file'], { message: 'the key does not belong to the certificate', allowed })
  } else if (!isAcceptedByTls(certificate, key)) {
    faults.report(['listen', 'tls', 'certificate_file'], {
      message: 'TLS refuses this certificate or its chain',
      allowed: 'PEM, the server’s certificate first',
    })
  }
}

const parseCertificate = (pem: string): X509Certificate | undefined => orUndefined(() => new X509Certificate(pem))
const parseKey = (pem: string): KeyObject | undefined => orUndefined(() => createPrivateKey(pem))
const isAcceptedByTls = (cert: string | undefined, key: string | undefined): boolean =>
  orUndefined(() => createSecureContext({ ...(cert && { cert }), ...(key && { key }) })) !== undefined

/** OpenSSL's own words name functions and libraries, not what to do. */
function orUndefined<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch {
    return undefined
  }
}
