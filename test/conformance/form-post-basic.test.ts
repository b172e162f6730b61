/** Form Post OP: the modules of the Basic plan once more, with response_mode=form_post (`oidcc-formpost-basic-certification-test-plan`). */
import { describe } from 'node:test'
import { answerModules } from './basic/answers.ts'
import { claimModules } from './basic/claims.ts'
import { codeModules } from './basic/codes.ts'
import { postModule, signInModules } from './basic/sign-in.ts'
import { dynamicClients } from './dynamic-setting.ts'
import { staticClients } from './setting.ts'

const SETTINGS = [
  ['clients of the configuration', () => staticClients('form_post')],
  ['clients that register themselves', () => dynamicClients({ mode: 'form_post' })],
] as const

for (const [title, make] of SETTINGS) {
  describe(`Form Post Basic OP, ${title}`, () => {
    const setting = make()
    answerModules(setting)
    claimModules(setting)
    signInModules(setting)
    postModule(setting)
    codeModules(setting)
  })
}
