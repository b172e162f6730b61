/** Dynamic OP: one test for each module of `oidcc-dynamic-certification-test-plan`, with private_key_jwt. */
import { describe } from 'node:test'
import { refreshModule } from './basic/refresh.ts'
import { clientKeyModules } from './dynamic/client-keys.ts'
import { redirectUriModules } from './dynamic/redirect-uris.ts'
import { registrationModules } from './dynamic/registration.ts'
import { requestUriModules } from './dynamic/request-objects.ts'
import { rotationModule, tokenModules } from './dynamic/tokens.ts'
import { dynamicClients } from './dynamic-setting.ts'
import { staticClients } from './setting.ts'

describe('Dynamic OP', () => {
  const setting = dynamicClients({ authentication: 'private_key_jwt' })
  tokenModules(setting)
  redirectUriModules(setting)
  registrationModules(setting)
  clientKeyModules(setting)
  requestUriModules(setting)
  refreshModule(setting)
})

describe('Dynamic OP, its own keys', () => {
  rotationModule(staticClients())
})
