/** Basic OP: one test for each module of the plan `oidcc-basic-certification-test-plan`. */
import { describe } from 'node:test'
import { answerModules } from './basic/answers.ts'
import { claimModules } from './basic/claims.ts'
import { codeModules } from './basic/codes.ts'
import { signInModules } from './basic/sign-in.ts'
import { staticClients } from './setting.ts'

describe('Basic OP, clients of the configuration', () => {
  const setting = staticClients()
  answerModules(setting)
  claimModules(setting)
  signInModules(setting)
  codeModules(setting)
})
