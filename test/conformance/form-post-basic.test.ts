/** Form Post OP: the modules of the Basic plan once more, with response_mode=form_post (`oidcc-formpost-basic-certification-test-plan`). */
import { describe } from 'node:test'
import { answerModules } from './basic/answers.ts'
import { claimModules } from './basic/claims.ts'
import { codeModules } from './basic/codes.ts'
import { signInModules } from './basic/sign-in.ts'
import { staticClients } from './setting.ts'

describe('Form Post Basic OP, clients of the configuration', () => {
  const setting = staticClients('form_post')
  answerModules(setting)
  claimModules(setting)
  signInModules(setting)
  codeModules(setting)
})
