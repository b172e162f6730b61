import { type App, linesOf, quoted } from './app.ts'

/** go-oidc with x/oauth2. The ID token has no name and no e-mail: userinfo does. */
export const go: App = {
  name: 'go',
  title: 'Go (coreos/go-oidc and x/oauth2)',
  documentation: 'https://pkg.go.dev/github.com/coreos/go-oidc/v3/oidc',
  callback: { kind: 'any', example: '/callback' },
  methods: ['client_secret_basic', 'client_secret_post', 'none'],
  claimsAt: 'userinfo',
  takesAnyAlgorithm: true,
  settings: (facts) =>
    linesOf(
      '// import "github.com/coreos/go-oidc/v3/oidc" and "golang.org/x/oauth2"',
      `provider, err := oidc.NewProvider(ctx, ${quoted(facts.issuer)})`,
      'if err != nil {',
      '\treturn err',
      '}',
      'endpoint := provider.Endpoint()',
      `endpoint.AuthStyle = oauth2.${facts.method === 'client_secret_basic' ? 'AuthStyleInHeader' : 'AuthStyleInParams'}`,
      'config := oauth2.Config{',
      `\tClientID:     ${quoted(facts.clientId)},`,
      !facts.isPublic && `\tClientSecret: os.Getenv(${quoted(facts.secretVariable)}),`,
      '\tEndpoint:     endpoint,',
      `\tRedirectURL:  ${quoted(facts.redirectUri)},`,
      `\tScopes:       []string{${facts.scopes.map(quoted).join(', ')}},`,
      '}',
      `idTokens := provider.Verifier(&oidc.Config{ClientID: ${quoted(facts.clientId)}})`,
      '',
      '// To sign in. Keep state, nonce and verifier in the session.',
      'verifier := oauth2.GenerateVerifier()',
      'url := config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier))',
      '',
      '// At the callback, when state is the one that was sent.',
      'token, err := config.Exchange(ctx, r.URL.Query().Get("code"), oauth2.VerifierOption(verifier))',
      '// token.Extra("id_token") goes to idTokens.Verify; compare its Nonce.',
      'userInfo, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))',
    ),
}
