/** Every independent client that is tried. */
import type { InteropClient } from '../client.ts'
import { oauth4webapi } from './oauth4webapi.ts'
import { openidClient } from './openid-client.ts'
import { passportOpenidconnect } from './passport.ts'

/** They need nothing but node_modules, so the tests run them too. */
export const NPM_CLIENTS: readonly InteropClient[] = [openidClient, oauth4webapi, passportOpenidconnect]
