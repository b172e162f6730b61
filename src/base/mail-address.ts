/** E-mail addresses as mails are sent to them. What an account is looked up by is accounts/username.ts. */
import { domainToASCII } from 'node:url'

export interface MailAddress {
  /** For machines: the domain in ASCII (RFC 5891), and nothing that a header or an SMTP command could be broken with. */
  readonly address: string
  /** As people read it. */
  readonly shown: string
  /** The same for all ways to write it: what is counted by address is counted by it. */
  readonly key: string
  /** In ASCII. */
  readonly domain: string
}

/** RFC 5321 §4.5.3.1, in octets. */
const MAX_LOCAL = 64
const MAX_DOMAIN = 253
const MAX_ADDRESS = 254
/** Normalising may make it longer. */
const MAX_RAW = 512

/** RFC 5322 §3.2.3: `dot-atom-text`, and RFC 6531 §3.3: letters, marks and digits of any script. No quotes: those are nobody's. */
const LOCAL = /^[\p{L}\p{M}\p{Nd}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{Nd}!#$%&'*+/=?^_`{|}~-]+)*$/u
/** Before it is judged as a name: the URL parser takes more for a host than mail servers do. */
const DOMAIN = /^[\p{L}\p{M}\p{Nd}-]+(\.[\p{L}\p{M}\p{Nd}-]+)*$/u
/** RFC 5321 §2.3.5: labels of letters, digits and hyphens; the last one is no number, or it would be an address. */
const ASCII_DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * `text` as an address; undefined when mails can't be sent to it. Compatibility forms are undone first (NFKC), so that what is
 * judged is what is used. Quoted names (`"a b"@…`) and addresses of machines (`@[192.0.2.1]`) are refused: next to nobody has one.
 */
export function mailAddress(text: string): MailAddress | undefined {
  if (text.length > MAX_RAW) return undefined
  const shown = text.normalize('NFKC').trim()
  const at = shown.lastIndexOf('@')
  const [local, written] = [shown.slice(0, Math.max(at, 0)), shown.slice(at + 1)]
  if (!LOCAL.test(local) || Buffer.byteLength(local) > MAX_LOCAL || !DOMAIN.test(written)) return undefined
  const domain = domainToASCII(written)
  if (domain.length > MAX_DOMAIN || !ASCII_DOMAIN.test(domain)) return undefined
  const address = `${local}@${domain}`
  if (Buffer.byteLength(address) > MAX_ADDRESS) return undefined
  return { address, shown, key: address.toLowerCase().normalize('NFKC'), domain }
}

/** `Example Login <login@example.com>` or the address alone. */
export function mailbox(text: string): { readonly name: string; readonly address: MailAddress } | undefined {
  const [, name = '', inside] = /^([^<>]*)<([^<>]+)>$/.exec(text.trim()) ?? []
  const address = mailAddress(inside ?? text)
  const tidied = name
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim()
  if (address === undefined || /[\p{C}\p{Zl}\p{Zp}"\\]/u.test(tidied)) return undefined
  return { name: tidied, address }
}
