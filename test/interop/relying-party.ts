/** What every independent client is asked to do, in whatever language it is written. */
import type { HttpBrowser } from '../fixtures/http-browser.ts'

export type Claims = Readonly<Record<string, unknown>>

export interface Refreshed {
  readonly accessTokenBefore: string
  readonly accessToken: string
  /** When the client got another ID token and looked into it. */
  readonly sub?: string
}

export interface RelyingParty {
  /** Of the library. */
  readonly version: string
  /** Its authorization request. */
  begin(): Promise<URL>
  /** The authorization response has come to the redirect URI. Gives the claims of the ID token as the library gives them. */
  finish(response: URL): Promise<Claims>
  userinfo(): Promise<Claims>
  refresh(): Promise<Refreshed>
  /** Where it sends the browser to sign out. */
  signOut(): Promise<URL>
  /** All that its program wrote, for when something fails. */
  log?(): string
  close?(): Promise<void>
}

/** Where Countersign is, and who the client is there. */
export interface Registration {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** The app's own address; its redirect URI is `/callback` there, and `/bye` is where sign-outs return to. */
  readonly origin: string
  readonly scope: string
  /** The person's browser. */
  readonly browser: HttpBrowser
}
