/** The keys of `lifetimes`, for everybody and for one client. */

import { duration, section } from './kinds.ts'
import Type from './type.ts'

const authorizationCode = (byDefault?: string) =>
  duration('How long an authorization code can be redeemed (RFC 6749 §4.1.2: ten minutes at the very most).', {
    ...given(byDefault),
    most: '10m',
    examples: ['60s'],
  })

const accessToken = (byDefault?: string, otherwise?: string) =>
  duration('How long an access token is valid. APIs verify it without asking, so nothing ends it earlier there.', {
    ...given(byDefault, otherwise),
    most: '24h',
    examples: ['5m'],
  })

const idToken = (byDefault?: string) =>
  duration('How long an ID token is valid. The app reads it once, at sign-in; its own session may live longer.', {
    ...given(byDefault),
    most: '24h',
    examples: ['5m'],
  })

const refreshToken = (byDefault?: string) =>
  duration('How long a refresh token lives unused: counted from its issue or its last rotation.', {
    ...given(byDefault),
    most: '365d',
    examples: ['24h'],
  })

const refreshTokenAbsolute = (byDefault?: string) =>
  duration('When refreshing ends for good, counted from the sign-on, however often the token was rotated.', {
    ...given(byDefault),
    most: '365d',
    examples: ['30d'],
  })

const given = (byDefault: string | undefined, otherwise = 'that of `lifetimes`') =>
  byDefault === undefined ? { 'x-default': otherwise } : { default: byDefault }

export const lifetimes = section('How long things live. A client’s entry may override the tokens’ for itself.', {
  authorization_code: authorizationCode('60s'),
  access_token: accessToken('5m'),
  id_token: idToken('5m'),
  refresh_token: refreshToken('24h'),
  refresh_token_absolute: refreshTokenAbsolute('30d'),
  refresh_retry_window: duration(
    'How long after a rotation the old refresh token still gets the same successor, for clients that lost the answer, as long ' +
      'as that successor was not used itself. After that, using it again revokes the whole family.',
    { default: '30s', most: '5m', examples: ['30s'] },
  ),
  session_idle: duration(
    'How long someone is signed in at Countersign without using it; then the password is asked for again. That is no sign-out: ' +
      'tokens of apps that are in use live on, and apps are told of a logout at the session’s absolute end.',
    {
      default: '12h',
      most: '365d',
      examples: ['12h'],
    },
  ),
  session_absolute: duration('How long a session at Countersign lasts at most; then the password is asked for again.', {
    default: '7d',
    most: '365d',
    examples: ['7d'],
  }),
  interaction: duration('How long a sign-in page may stay open before it has to begin anew.', {
    default: '1h',
    most: '24h',
    examples: ['1h'],
  }),
})

export const clientLifetimes = section('Overrides of `lifetimes` for this client.', {
  authorization_code: Type.Optional(authorizationCode()),
  access_token: Type.Optional(accessToken()),
  id_token: Type.Optional(idToken()),
  refresh_token: Type.Optional(refreshToken()),
  refresh_token_absolute: Type.Optional(refreshTokenAbsolute()),
})

export const apiLifetimes = section('Overrides for tokens that are for this API, whichever client asks for them.', {
  access_token: Type.Optional(accessToken(undefined, 'that of the client')),
})
