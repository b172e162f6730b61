/** What it means when a sign-in at an upstream provider comes to nothing (docs/upstream.md). */
import type { Explained } from './index.ts'

export const ofUpstream = {
  upstream_state: {
    failed:
      'Somebody came back from a provider with a `state` that we did not send, that is older than ten minutes, that has been used, or whose provider was taken out of the configuration.',
    todo: 'Start again at the app. Most often it is the back button, a reloaded page, or a bookmark of such an address. If it happens to everybody, see that all processes use one database.',
  },
  upstream_browser: {
    failed:
      'The answer of the provider came in another browser than the one that was sent there. Somebody may have been given a link to be signed in as somebody else; nothing was done.',
    todo: 'Start again, and stay in one browser. Where cookies are lost on the way, see that `issuer` has the scheme and host that the browser sees.',
  },
  upstream_issuer: {
    failed:
      'The answer, or the discovery document, is of another issuer than the provider of the configuration (RFC 9207, OpenID Connect Discovery §4.3): an answer of one provider must not be taken for that of another.',
    todo: 'Compare `issuer` in the entry of `upstream` with the `issuer` of its discovery document, to the letter: a slash at the end counts. Providers of many issuers (Microsoft’s common) need the address of your own tenant.',
  },
  upstream_denied: {
    failed: 'The person pressed “Cancel” at the provider, or it did not let them through.',
    todo: 'Nothing: the sign-in page offers to try again, or in another way.',
  },
  upstream_error: {
    failed: 'The provider answered with an error instead of a sign-in.',
    todo: 'The code of the error is the provider’s. `invalid_scope` and `unauthorized_client` are about how we are registered there.',
  },
  upstream_unreachable: {
    failed: 'The provider could not be asked: its address, its name, its certificate, or too slow.',
    todo: '`countersign doctor` asks it as the server does. A host that is not public must be in `egress.allowed_hosts`; a slow one needs a longer `egress.timeout`.',
  },
  upstream_response: {
    failed: 'The provider refused to give tokens for the code, or its answer was none of the protocol.',
    todo: '`invalid_client`: compare `client_id`, the secret and `token_endpoint_auth_method` with what the provider gave you. `invalid_grant`: the redirect URI there must be exactly `<issuer>/upstream/<id>/callback`.',
  },
  upstream_id_token: {
    failed:
      'The ID token of the provider is not good: signed with another key or algorithm, for another client (`aud`), of another issuer, for another request (`nonce`), or its time is over.',
    todo: 'Compare `client_id`; see that the clocks of both agree (`countersign doctor`). Otherwise somebody tried to pass a token of another sign-in.',
  },
  upstream_age: {
    failed:
      'A fresh sign-in was wanted (`prompt=login`, `max_age`, or a change of the account), and the provider does not say that it is fresh.',
    todo: 'Sign in there anew. A provider that never says `auth_time` needs `auth_time: optional` in its entry, which takes any sign-in for a fresh one.',
  },
  upstream_claim: {
    failed: 'A claim that `require` in the entry of the provider wants is not there, or is another one.',
    todo: 'See whether the person is in the right organisation or group there, whether `scope` asks for the claim, and whether the values in `require` are right.',
  },
  upstream_sign_up: {
    failed: 'The person is known at the provider and has no account here, and none is made for them.',
    todo: '`sign_up: everyone` makes accounts for whoever `require` and `allowed_domains` let through. Who has an account links the provider to it at `/account/linked`.',
  },
  upstream_email: {
    failed:
      'The provider says that the person has an e-mail address which an account here has. Accounts are never linked by an address.',
    todo: 'The person signs in to that account as before, and links the provider at `/account/linked`.',
  },
  upstream_linked: {
    failed: 'Who signed in at the provider is linked to another account here already.',
    todo: 'Sign in with the provider to get to that account, and unlink it there first; `countersign account unlink` does it for somebody who can’t.',
  },
} satisfies Explained
