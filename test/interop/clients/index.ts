/** Every independent client that is tried. */
import type { InteropClient } from '../client.ts'
import { authlib } from './authlib.ts'
import { goOidc } from './go-oidc.ts'
import { modAuthOpenidc } from './mod-auth-openidc.ts'
import { oauth4webapi } from './oauth4webapi.ts'
import { oidcClientTs } from './oidc-client-ts.ts'
import { openidClient } from './openid-client.ts'
import { passportOpenidconnect } from './passport.ts'

/** They need nothing but node_modules, so the tests run them too. */
export const NPM_CLIENTS: readonly InteropClient[] = [openidClient, oauth4webapi, passportOpenidconnect]

export const CLIENTS: readonly InteropClient[] = [...NPM_CLIENTS, oidcClientTs, authlib, goOidc, modAuthOpenidc]
