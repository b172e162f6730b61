import { type App, hasScope, linesOf, refreshes } from './app.ts'

/** grafana.ini. It looks into the ID token first, and asks userinfo for what is not there. */
export const grafana: App = {
  name: 'grafana',
  title: 'Grafana',
  documentation:
    'https://grafana.com/docs/grafana/latest/setup-grafana/configure-access/configure-authentication/generic-oauth/',
  callback: { kind: 'path', pattern: /\/login\/generic_oauth$/, example: '/login/generic_oauth' },
  methods: ['client_secret_basic', 'client_secret_post'],
  claimsAt: 'userinfo',
  takesAnyAlgorithm: true,
  returnsFromSignOut: false,
  settings: (facts) =>
    linesOf(
      '[server]',
      `root_url = ${value(facts.base)}`,
      '',
      '[auth.generic_oauth]',
      'enabled = true',
      `name = ${value(facts.providerName)}`,
      `client_id = ${value(facts.clientId)}`,
      `client_secret = $__env{${facts.secretVariable}}`,
      `scopes = ${value(facts.scopes.join(' '))}`,
      `auth_url = ${value(facts.endpoints.authorization)}`,
      `token_url = ${value(facts.endpoints.token)}`,
      `api_url = ${value(facts.endpoints.userinfo)}`,
      `auth_style = ${facts.method === 'client_secret_post' ? 'InParams' : 'InHeader'}`,
      'use_pkce = true',
      `use_refresh_token = ${refreshes(facts)}`,
      `signout_redirect_url = ${value(facts.endpoints.endSession)}`,
      'allow_sign_up = true',
      `login_attribute_path = ${hasScope(facts, 'profile') ? 'preferred_username || email' : 'sub'}`,
      'name_attribute_path = name',
      'email_attribute_path = email',
      hasScope(facts, 'groups') && 'groups_attribute_path = groups',
      hasScope(facts, 'groups') && "role_attribute_path = contains(groups[*], 'grafana-admins') && 'Admin' || 'Viewer'",
    ),
  advice: (facts) => [
    ...(hasScope(facts, 'groups') ? ['grafana-admins is an example: name the group of your admins.'] : []),
    ...(refreshes(facts) ? [] : ['Without offline_access Grafana signs people out when the access token ends.']),
  ],
}

/** As it is, unless the file would read it otherwise. */
const value = (text: string): string => (/[;#"'`$%\\]|^\s|\s$/.test(text) ? `"""${text}"""` : text)
