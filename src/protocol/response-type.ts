/** What an authorization response holds, and how it travels: OAuth 2.0 Multiple Response Type Encoding Practices. */
import { RESPONSE_TYPES, type ResponseType } from './vocabulary.ts'

/** §1: the order of the words means nothing. Undefined for what we do not give. */
export function parseResponseType(text: string): ResponseType | undefined {
  const words = inOrder(text)
  return RESPONSE_TYPES.find((known) => inOrder(known) === words)
}

const inOrder = (text: string): string => text.split(' ').sort().join(' ')

/** §2.1, §3 and §5: an answer with tokens in it goes by fragment unless another mode is asked for, and never by query. */
export const holdsTokens = (responseType: string | undefined): boolean =>
  responseType?.split(' ').some((word) => word === 'token' || word === 'id_token') ?? false
