/** What it means when a client is not let in, or not registered. */
import type { Explained } from './index.ts'

export const ofClients = {
  client_id: {
    failed: 'No client here has the client_id that was sent.',
    todo: 'Correct client_id in the app, or add an entry with it to `clients` of the configuration file (`countersign client add`).',
  },
  client_auth_missing: {
    failed:
      'The app said neither who it is nor proved it: there was no client_id, no Authorization header and no assertion.',
    todo: 'Configure client id and secret in the app. If a proxy stands in front of Countersign, see that it passes the Authorization header on.',
  },
  client_auth_twice: {
    failed:
      'The app proved itself in two ways at once (RFC 6749 §2.3 allows one): an Authorization header, a client_secret and an assertion exclude each other.',
    todo: 'Choose one client authentication method in the app, the one in its entry (`token_endpoint_auth_method`).',
  },
  client_auth_header: {
    failed:
      'The Authorization header is not client_secret_basic: `Basic` and the base64 of client id and secret, each form-encoded, with a colon between them.',
    todo: 'Let the library of the app make that header; RFC 6749 §2.3.1 wants id and secret percent-encoded before base64.',
  },
  client_auth_other: {
    failed: 'The client_id parameter names another client than the one that authenticates.',
    todo: 'Leave client_id out, or send the same one as in the Authorization header or in the assertion’s sub.',
  },
  client_auth_method: {
    failed: 'The app authenticated by another method than the one that its entry says.',
    todo: 'Change the app’s client authentication method, or `token_endpoint_auth_method` in its entry.',
  },
  client_secret: {
    failed: 'The client secret is not the one that is configured.',
    todo: 'Copy the secret into the app again. If it is lost, `countersign client secret ID --write` makes another one, and the one before stays good until `--end-previous`.',
  },
  assertion_type: {
    failed: 'client_assertion_type is another one than that of JWTs (RFC 7523 §2.2).',
    todo: 'Send client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer.',
  },
  assertion_form: {
    failed:
      'client_assertion is no signed JWT in compact form, its header has a member that is never accepted (crit, b64, jwk, jku, x5u, zip), or it has no sub.',
    todo: 'Let the library of the app make it: a JWS of a JSON object with iss, sub, aud, exp and jti.',
  },
  assertion_algorithm: {
    failed: 'The assertion is signed with an algorithm that this client may not use.',
    todo: 'Sign with the expected one, or change `token_endpoint_auth_signing_alg` in the client’s entry.',
  },
  assertion_typ: {
    failed: 'The header of the assertion says that it is another kind of JWT.',
    todo: 'Leave typ out, or set it to client-authentication+jwt.',
  },
  assertion_issuer: {
    failed: 'iss and sub of the assertion must both be the client_id (RFC 7523 §3).',
    todo: 'Set both to the client_id.',
  },
  assertion_audience: {
    failed: 'The assertion is not meant for us alone.',
    todo: 'Set aud to the issuer, exactly as in the discovery document. If a proxy shows Countersign under another name, compare `issuer` of the configuration file with it.',
  },
  assertion_time: {
    failed: 'The times in the assertion do not fit our clock.',
    todo: 'Compare the clocks of the app’s machine and of this one (both should follow NTP). Make a new assertion for each request, one that lives a minute or two.',
  },
  assertion_jti: {
    failed: 'The assertion has no usable jti, by which it counts once.',
    todo: 'Give each assertion a random jti.',
  },
  assertion_signature: {
    failed: 'The signature of the assertion fits no key of the client.',
    todo: 'Compare the app’s key with the one in `jwks` of its entry, or at its `jwks_uri`; after a rotation the new key has to be published before it signs.',
  },
  assertion_used: {
    failed: 'The assertion has been used before; each counts once (RFC 7523 §3).',
    todo: 'Make a new assertion with a new jti for each request, for repeated ones too. If the app does, somebody has copied one.',
  },
  public_client: {
    failed: 'The client is public (it has no secret and no keys), and this is for clients that can prove themselves.',
    todo: 'Public clients cannot use grant type client_credentials, nor introspect tokens: give the client a secret or keys, or use another one for this.',
  },
  initial_access_token: {
    failed: 'Registering a client needs an initial access token here, and none or a wrong one was sent.',
    todo: 'Send one of `registration.initial_access_tokens` as bearer token.',
  },
  registration_token: {
    failed: 'The registration access token is not the one of this client, or the client is not registered (any more).',
    todo: 'Use the token of the registration’s answer. `countersign client list` shows which clients are registered.',
  },
  registration_full: {
    failed: 'As many clients are registered as `registration.max_clients` allows.',
    todo: 'Remove some with `countersign client remove`, or raise `registration.max_clients`.',
  },
  metadata: {
    failed:
      'The metadata of the client has something in it that is refused; the words that the client was told name it.',
    todo: 'Correct that member; what registration allows is in `registration` of the configuration file.',
  },
  encryption_key: {
    failed: 'What was to be sent is to be encrypted, and the client has no key for it.',
    todo: 'Publish a key of the kind at the client’s `jwks_uri` or in its `jwks`, or take the encryption out of its entry.',
  },
} satisfies Explained
