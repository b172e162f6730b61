/** What it means when a code or a token is worth nothing, or when we are the ones who cannot. */
import type { Explained } from './index.ts'

export const ofTokens = {
  grant_type: { failed: 'The grant_type is none that we know.', todo: 'Use one of the expected ones.' },
  grant_type_allowed: {
    failed: 'The client’s entry does not allow this grant_type.',
    todo: 'Add it to `grant_types` in the client’s entry, or change the app.',
  },
  code: {
    failed: 'The code is none that was ever issued here, or its sign-on is long gone.',
    todo: 'See that the app sends the code of the redirect unchanged (percent-decoded once), to the issuer that gave it.',
  },
  code_used: {
    failed:
      'The code was used before. That may mean that it was stolen, so everything that came of it was revoked (RFC 6749 §4.1.2).',
    todo: 'If the app sends a code twice (a reloaded callback page, a repeated request), let it use each once. Otherwise find out who else had it.',
  },
  code_client: {
    failed: 'The code was issued to another client.',
    todo: 'Use the same client_id at both endpoints; two apps must not share a callback page.',
  },
  code_expired: {
    failed: 'The code was used too late.',
    todo: 'Let the app redeem it at once. If it does, compare clocks; `lifetimes.authorization_code` sets the time.',
  },
  code_redirect_uri: {
    failed: 'The redirect_uri at the token endpoint is not the one that the code was asked for with.',
    todo: 'Send the very same text at both endpoints.',
  },
  code_verifier: {
    failed: 'The PKCE code_verifier is malformed, or not the one of the code_challenge (RFC 7636 §4.6).',
    todo: 'Keep the verifier for each sign-in by itself: two tabs that share one place in a session overwrite each other’s. The challenge is base64url of the SHA-256 of the verifier’s characters.',
  },
  no_code_verifier: {
    failed:
      'The authorization request had a code_challenge, and the code came without its code_verifier (RFC 7636 §4.6).',
    todo: 'Keep the verifier beside the state until the person comes back, and send it with the code. A library that makes the challenge often has to be given the verifier again.',
  },
  no_code_challenge: {
    failed: 'A code_verifier came with a code that was asked for without a code_challenge (RFC 9700 §4.8.2).',
    todo: 'Send code_challenge and code_challenge_method=S256 with the authorization request. If the app does so, somebody took them out on the way: look for who can change its redirects.',
  },
  grant_ended: {
    failed: 'The sign-on that the code or token comes from has ended.',
    todo: 'Most often nothing is wrong, and the app only has to send the person here again; why it ended is said above. Without the scope offline_access tokens end with the session.',
  },
  refresh_token: {
    failed:
      'The refresh token is none that was ever issued here, or its sign-on is long gone. After a restore of a backup those since then are unknown, too.',
    todo: 'Let the person sign in again. If it happens to everybody, compare the sealing key and the database with those that issued the tokens.',
  },
  refresh_client: {
    failed: 'The refresh token was issued to another client.',
    todo: 'Keep the tokens of each client apart.',
  },
  refresh_expired: {
    failed: 'The refresh token was not used for too long, or the sign-on is older than refreshing may go on.',
    todo: 'Let the person sign in again; `lifetimes.refresh_token` and `refresh_token_absolute` set the times.',
  },
  refresh_used: {
    failed:
      'The refresh token was used before and had a successor. Two hold this family, and one may be a thief, so all of it was revoked (RFC 9700 §4.14.2).',
    todo: 'See that the app keeps the newest token and refreshes once at a time, also when several of its processes or tabs run. `lifetimes.refresh_retry_window` forgives a repeated request for a moment.',
  },
  refresh_scope: {
    failed: 'The refresh asks for more than was granted, or nothing of it is allowed to the client any more.',
    todo: 'Leave scope out when refreshing. What was taken from the client’s entry is given to nobody again.',
  },
  race: {
    failed: 'Several requests used the same code or token at the same moment, and this one lost twice.',
    todo: 'Let the app send each once, one at a time.',
  },
  access_token: {
    failed: 'The access token is worth nothing here (any more).',
    todo: 'Let the app get a new one. Userinfo wants one that was asked for with the scope openid and is not for another API alone.',
  },
  token_key: {
    failed: 'The access token is signed with a key that is not ours, or is believed no more.',
    todo: 'Let the app get a new token: refresh, or send the person here again. An app must not make tokens by itself, nor take those of another issuer here; `countersign keys list` shows the keys.',
  },
  access_token_twice: {
    failed: 'The access token came in the header and in the body.',
    todo: 'Send it in the Authorization header alone.',
  },
  access_token_scope: {
    failed: 'The access token was not asked for with the scope openid, which userinfo wants.',
    todo: 'Add openid to the scope of the authorization request.',
  },
  token_owner: {
    failed: 'A client may revoke its own tokens alone, and this one is another’s.',
    todo: 'Send it with the credentials of the client that got it.',
  },
  rate: {
    failed: 'There were too many attempts in a short time.',
    todo: 'Wait as long as Retry-After says. If this hits many people at once, somebody guesses passwords, an app has an old secret, or all of them come by one proxy that `trusted_proxies` lacks: `countersign doctor` tells.',
  },
  busy: {
    failed: 'More passwords were to be verified at once than the queue holds.',
    todo: 'It passes by itself. If it does not, raise `password_hashing.concurrency` and `queue`, or start more processes.',
  },
  database: {
    failed: 'The database could not be asked.',
    todo: 'Look for “the database cannot be asked” in the log: it has the cause, and `countersign doctor` looks at the database. Nothing that was answered before is lost.',
  },
  fault: {
    failed: 'Something went wrong on our side.',
    todo: 'Look for “request failed” with this id in the log: it has the cause. Please report it.',
  },
} satisfies Explained
