/** The list of relying parties whose settings are known. */
import { apache } from './apache.ts'
import type { App } from './app.ts'
import { authjs } from './authjs.ts'
import { django } from './django.ts'
import { express } from './express.ts'
import { flask } from './flask.ts'
import { gitlab } from './gitlab.ts'
import { go } from './go.ts'
import { grafana } from './grafana.ts'
import { kubernetes } from './kubernetes.ts'
import { nextcloud } from './nextcloud.ts'
import { oauth2Proxy } from './oauth2-proxy.ts'
import { springSecurity } from './spring-security.ts'

export const apps: readonly App[] = [
  apache,
  authjs,
  django,
  express,
  flask,
  gitlab,
  go,
  grafana,
  kubernetes,
  nextcloud,
  oauth2Proxy,
  springSecurity,
]
