/** Basic OP: one test for each module of the plan `oidcc-basic-certification-test-plan`. */
import { describe } from 'node:test'
import { answerModules } from './basic/answers.ts'
import { claimModules } from './basic/claims.ts'
import { codeModules } from './basic/codes.ts'
import { postModule, signInModules } from './basic/sign-in.ts'
import { dynamicClients } from './dynamic-setting.ts'
import { staticClients } from './setting.ts'

const SETTINGS = [
  ['clients of the configuration', () => staticClients('query')],
  ['clients that register themselves', () => dynamicClients({ mode: 'query' })],
] as const

for (const [title, make] of SETTINGS) {
  describe(`Basic OP, ${title}`, () => {
    const setting = make()
    answerModules(setting)
    claimModules(setting)
    signInModules(setting)
    postModule(setting)
    codeModules(setting)
  })
}
