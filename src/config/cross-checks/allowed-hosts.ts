/** URLs that are asked by our own server: plain http is for hosts that `egress.allowed_hosts` names. */
import { parseHostPattern, withoutBrackets } from '../../base/host-pattern.ts'
import type { Facts } from './facts.ts'

/** The URL as it is to be judged: as https where its host may be asked by http. */
export function withoutPlainHttp({ file }: Pick<Facts, 'file'>, uri: string | undefined): string | undefined {
  const url = uri?.startsWith('http://') ? URL.parse(uri) : null
  if (uri === undefined || url === null) return uri
  const port = url.port === '' ? 80 : Number(url.port)
  const isNamed = (file.egress?.allowed_hosts ?? []).some((text) => {
    const pattern = text === undefined ? undefined : parseHostPattern(text)
    return pattern?.kind === 'host' && pattern.host === withoutBrackets(url.hostname) && (pattern.port ?? port) === port
  })
  return isNamed ? uri.replace(/^http:/, 'https:') : uri
}
