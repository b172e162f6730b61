/** The certificate of the public URL: whether everybody believes it, and for how long yet. */
import type { Timestamp } from '../../base/clock.ts'
import { counted } from '../../base/counted.ts'
import { DAY } from '../../base/duration.ts'
import type { TlsFacts } from './ask.ts'
import { type Finding, fine, problem, unknown, warning } from './finding.ts'

/** Whatever renews certificates has done so long before; what is left is time for a person. */
const SOON = 21 * DAY
const NOW = 7 * DAY

/** @param tls of the answer; undefined: there was none. Issuers that are http have no certificate. */
export function checkCertificate(
  { issuer }: { issuer: string },
  { tls, now }: { tls: TlsFacts | undefined; now: Timestamp },
): readonly Finding[] {
  const { protocol, hostname } = new URL(issuer)
  if (protocol !== 'https:') return [fine('the issuer is http on this machine: nothing to look at')]
  if (tls === undefined) return [unknown('the certificate: there was no connection')]
  const left = tls.expiresAt - now
  const until = new Date(tls.expiresAt).toISOString().slice(0, 10)
  const count = Math.floor(Math.abs(left) / DAY)
  const days = counted(count, 'day')
  const findings = [...trust(tls, hostname), ...expiry(left, { days, until })]
  return findings.length > 0 ? findings : [fine(`${tls.protocol}, signed by ${tls.issuer}, for ${days} yet`)]
}

function trust({ fault, isForHost, names, issuer }: TlsFacts, host: string): readonly Finding[] {
  if (!isForHost) {
    return [
      problem(
        `the certificate is for ${names.slice(0, 200) || 'no host name'}, not for ${host}`,
        'Get one that has the host name of the issuer, or set `issuer` to the name that it has.',
      ),
    ]
  }
  switch (fault) {
    case undefined:
    case 'CERT_HAS_EXPIRED':
      return []
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
      return [
        problem(
          'the certificate comes without the ones between it and its authority',
          'Browsers may fill the gap, apps do not. Serve the whole chain: with Let’s Encrypt fullchain.pem, with listen.tls both in certificate_file, the server’s first. If it is signed by an authority of your own, set NODE_EXTRA_CA_CERTS to its PEM file.',
        ),
      ]
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return [
        problem(
          `the certificate is signed by ${issuer}, which this machine does not know`,
          'If that is an authority of your own, every app must know it, too; to let this machine know it set NODE_EXTRA_CA_CERTS to its PEM file. If it is known, the chain is not complete.',
        ),
      ]
    case 'CERT_NOT_YET_VALID':
      return [problem('the certificate is not valid yet', 'Look at the clock of this machine and at the certificate.')]
    default:
      return [problem(`the certificate is not believed here (${fault})`, 'Apps refuse it, too: get another one.')]
  }
}

function expiry(left: number, { days, until }: { days: string; until: string }): readonly Finding[] {
  const todo = 'Renew it, and look at why that does not happen by itself. listen.tls is read at the start.'
  if (left <= 0) return [problem(`the certificate ended ${days} ago, on ${until}`, todo)]
  if (left <= NOW) return [problem(`the certificate ends in ${days}, on ${until}`, todo)]
  return left <= SOON ? [warning(`the certificate ends in ${days}, on ${until}`, todo)] : []
}
