/** How a client is told that a session has ended: OpenID Connect Back-Channel Logout §2.2, Front-Channel Logout §2. */
import { flag, webUri } from './kinds.ts'

export const clientLogout = {
  backchannel_logout_uri: webUri(
    'Where its server is told that a session has ended.',
    'https://wiki.example.com/backchannel-logout',
  ),
  backchannel_logout_session_required: flag('Whether it must be told which session (`sid`). It always is.', false),
  frontchannel_logout_uri: webUri(
    'A page of it that the browser opens, unseen, when the person signs out.',
    'https://wiki.example.com/frontchannel-logout',
  ),
  frontchannel_logout_session_required: flag('Whether that page gets `iss` and `sid`.', false),
}
