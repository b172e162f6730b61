/** What it means when a request is not one, or asks for what it may not have. */
import type { Explained } from './index.ts'

export const ofRequests = {
  parameter: {
    failed:
      'A parameter is malformed: sent twice, too long, not percent-encoded UTF-8, or with a control character in it.',
    todo: 'Look at how the app builds its request; the description names the parameter.',
  },
  parameter_missing: {
    failed: 'A parameter that must be there is not.',
    todo: 'Add it. When all are missing, the request has probably lost its query or its body on the way, at a redirect or a proxy.',
  },
  body: {
    failed: 'The body has another form than this endpoint reads.',
    todo: 'Set Content-Type as the description says, and send that.',
  },
  request_size: {
    failed: 'The request is too long.',
    todo: 'Send less in one request: fewer scopes, claims or resources, a shorter state. What is too long for an address in the browser alone can be pushed (RFC 9126).',
  },
  malformed: {
    failed: 'What came is no request that can be read.',
    todo: 'Look at what sends it. Scanners send such requests all day; from them it means nothing.',
  },
  redirect_uri: {
    failed:
      'The redirect_uri is not registered for this client. It is compared character by character (RFC 9700 §4.1.3).',
    todo: 'Correct it in the app, or register it.',
  },
  response_type: {
    failed: 'The response_type is none that is given here.',
    todo: 'Use response_type=code. For `id_token` and `id_token token` there is `implicit_flow`, which RFC 9700 advises against.',
  },
  response_type_allowed: {
    failed: 'The client’s entry does not allow this response_type.',
    todo: 'Use response_type=code with grant type authorization_code, or change `grant_types` and `response_types` in its entry.',
  },
  response_mode: {
    failed: 'The response_mode is none that we have, or does not fit the redirect_uri or the response_type.',
    todo: 'Leave it out: the default is right for nearly every app.',
  },
  registration_parameter: {
    failed: 'The parameter `registration` is for providers that know no clients; it is not supported.',
    todo: 'Leave it out.',
  },
  scope: {
    failed: 'None of the scopes can be given, or scope is missing or malformed.',
    todo: 'Ask for `openid` at least, or add what is asked for to `scope` in the client’s entry.',
  },
  resource: {
    failed: 'The client may not have a token for this API, or not for all of them in one token.',
    todo: 'Name the API exactly as in `audience`, add it to the client’s `access_token_audience`, or ask for one at a time.',
  },
  pkce: {
    failed: 'The request has no usable PKCE challenge (RFC 7636), which this client needs.',
    todo: 'Turn PKCE on in the app, with the method S256. Where an app cannot, `require_pkce: false` in the entry of a confidential client waives it.',
  },
  prompt: {
    failed: 'prompt has a value that is unknown, or `none` beside others.',
    todo: 'Send one of the expected words, and none alone.',
  },
  max_age: { failed: 'max_age is no whole number of seconds.', todo: 'Send seconds, digits alone.' },
  claims: {
    failed: 'The claims parameter is not the JSON of OpenID Connect Core §5.5.',
    todo: 'Correct its JSON, or ask by scopes instead.',
  },
  must_push: {
    failed: 'The client’s entry wants its requests pushed first (RFC 9126), and this one came by the browser.',
    todo: 'Let the app push its request, or take `require_pushed_authorization_requests` out of its entry.',
  },
  must_sign: {
    failed: 'The client’s entry wants signed request objects (RFC 9101), and this request has none.',
    todo: 'Let the app sign its request, or take `require_signed_request_object` out of its entry.',
  },
  request_object: {
    failed: 'The request object is not one of this client for us.',
    todo: 'Compare its alg, typ, iss, aud and client_id with what is expected.',
  },
  request_object_time: {
    failed: 'The times in the request object do not fit our clock.',
    todo: 'Compare the clocks of the app’s machine and of this one; make the object when it is needed.',
  },
  request_object_signature: {
    failed: 'The signature of the request object fits no key of the client.',
    todo: 'Compare the app’s key with the one in `jwks` of its entry, or at its `jwks_uri`.',
  },
  request_uri: {
    failed: 'The request_uri is not one that this client pushed or registered, or gave no request object.',
    todo: 'For a pushed request use the request_uri of the answer; others must be in `request_uris` of the entry and reachable from here.',
  },
  request_uri_used: {
    failed: 'The pushed request was used before; each is good for one use (RFC 9126 §4).',
    todo: 'Push the request again for each sign-in. A browser that loads the address twice causes this, too.',
  },
  request_uri_expired: {
    failed: 'The pushed request has expired.',
    todo: 'Push it right before sending the browser here; also compare clocks.',
  },
} satisfies Explained
