/** The language that a request is answered in. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { parseAcceptLanguage, parseLocales } from '../protocol/locales.ts'
import { readParameters } from '../protocol/parameters.ts'
import type { Account } from '../protocol/records.ts'
import type { Language } from '../words/language.ts'
import type { Words } from '../words/words.ts'
import { rawQuery } from './form.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** As far as it is known by now what the app asked for, and who is there. */
    readonly language: Language
    /** The `locale` claim of who is signed in. */
    locale: string | undefined
  }
}

export function speakLanguages(app: FastifyInstance, words: Words): void {
  app.decorateRequest('locale', undefined)
  app.decorateRequest('language', {
    getter() {
      return words.speak(wantedBy(this))
    },
  })
}

/** From here on in their own language, where the app asks for no other. */
export function speakTo(request: FastifyRequest, account: Pick<Account, 'claims'> | undefined): void {
  request.locale = account?.claims.locale
}

/** What the app asked for (OpenID Connect Core §3.1.2.1), then the account's own, then the browser's; each is looked at when it matters. */
function* wantedBy(request: FastifyRequest): Generator<string> {
  const asked = request.askedAs ?? rawQuery(request)
  if (asked.includes('ui_locales=')) yield* parseLocales(readParameters(asked).find('ui_locales'))
  if (request.locale !== undefined) yield request.locale
  yield* parseAcceptLanguage(request.headers['accept-language'])
}
