// A Go app that signs people in by go-oidc and x/oauth2: what web-app.ts asks of an app.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// A session of the app itself.
type session struct {
	state, nonce, verifier string
	token                  *oauth2.Token
	rawIDToken             string
	claims                 map[string]any
}

type app struct {
	origin     string
	endSession string
	config     oauth2.Config
	provider   *oidc.Provider
	verifier   *oidc.IDTokenVerifier

	mutex    sync.Mutex
	sessions map[string]*session
}

func main() {
	origin := os.Getenv("ORIGIN")
	provider, err := oidc.NewProvider(context.Background(), os.Getenv("ISSUER"))
	if err != nil {
		log.Fatal(err)
	}
	var metadata struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&metadata); err != nil {
		log.Fatal(err)
	}
	a := &app{
		origin:     origin,
		endSession: metadata.EndSession,
		provider:   provider,
		verifier:   provider.Verifier(&oidc.Config{ClientID: os.Getenv("CLIENT_ID")}),
		sessions:   map[string]*session{},
		// No word of how it authenticates: x/oauth2 finds out by itself.
		config: oauth2.Config{
			ClientID:     os.Getenv("CLIENT_ID"),
			ClientSecret: os.Getenv("CLIENT_SECRET"),
			Endpoint:     provider.Endpoint(),
			RedirectURL:  origin + "/callback",
			Scopes:       strings.Fields(os.Getenv("SCOPE")),
		},
	}
	http.HandleFunc("GET /login", a.login)
	http.HandleFunc("GET /callback", a.answering(a.callback))
	http.HandleFunc("GET /claims", a.answering(func(_ *http.Request, s *session) (any, error) { return s.claims, nil }))
	http.HandleFunc("GET /userinfo", a.answering(a.userinfo))
	http.HandleFunc("GET /refresh", a.answering(a.refresh))
	http.HandleFunc("GET /logout", a.logout)

	listener, err := net.Listen("tcp", strings.TrimPrefix(origin, "http://"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("{\"version\": %q}\n", versions())
	log.Fatal(http.Serve(listener, nil))
}

func versions() string {
	built, _ := debug.ReadBuildInfo()
	found := map[string]string{}
	for _, module := range built.Deps {
		found[module.Path] = strings.TrimPrefix(module.Version, "v")
	}
	return fmt.Sprintf("%s (x/oauth2 %s)", found["github.com/coreos/go-oidc/v3"], found["golang.org/x/oauth2"])
}

func (a *app) login(w http.ResponseWriter, r *http.Request) {
	s := &session{state: rand.Text(), nonce: rand.Text(), verifier: oauth2.GenerateVerifier()}
	id := rand.Text()
	a.mutex.Lock()
	a.sessions[id] = s
	a.mutex.Unlock()
	http.SetCookie(w, &http.Cookie{Name: "go-app", Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	to := a.config.AuthCodeURL(s.state, oidc.Nonce(s.nonce), oauth2.S256ChallengeOption(s.verifier))
	http.Redirect(w, r, to, http.StatusFound)
}

func (a *app) sessionOf(r *http.Request) *session {
	cookie, err := r.Cookie("go-app")
	if err != nil {
		return nil
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return a.sessions[cookie.Value]
}

// answering writes what a handler gives as JSON.
func (a *app) answering(handle func(*http.Request, *session) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s := a.sessionOf(r)
		if s == nil {
			http.Error(w, "nobody is signed in", http.StatusUnauthorized)
			return
		}
		answer, err := handle(r, s)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	}
}

func (a *app) callback(r *http.Request, s *session) (any, error) {
	query := r.URL.Query()
	if query.Get("state") != s.state {
		return nil, fmt.Errorf("not our state, but %s", r.URL.RawQuery)
	}
	token, err := a.config.Exchange(r.Context(), query.Get("code"), oauth2.VerifierOption(s.verifier))
	if err != nil {
		return nil, err
	}
	idToken, err := a.verified(r.Context(), s, token)
	if err != nil {
		return nil, err
	}
	if idToken.Nonce != s.nonce {
		return nil, fmt.Errorf("not our nonce")
	}
	return s.claims, idToken.Claims(&s.claims)
}

// verified checks signature, iss, aud, exp and at_hash, and keeps the tokens.
func (a *app) verified(ctx context.Context, s *session, token *oauth2.Token) (*oidc.IDToken, error) {
	raw, isThere := token.Extra("id_token").(string)
	if !isThere {
		return nil, fmt.Errorf("no ID token")
	}
	idToken, err := a.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	s.token, s.rawIDToken = token, raw
	return idToken, idToken.VerifyAccessToken(token.AccessToken)
}

func (a *app) userinfo(r *http.Request, s *session) (any, error) {
	info, err := a.provider.UserInfo(r.Context(), oauth2.StaticTokenSource(s.token))
	if err != nil {
		return nil, err
	}
	claims := map[string]any{}
	return claims, info.Claims(&claims)
}

func (a *app) refresh(r *http.Request, s *session) (any, error) {
	before := s.token.AccessToken
	source := a.config.TokenSource(r.Context(), &oauth2.Token{RefreshToken: s.token.RefreshToken})
	token, err := source.Token()
	if err != nil {
		return nil, err
	}
	idToken, err := a.verified(r.Context(), s, token)
	if err != nil {
		return nil, err
	}
	return map[string]string{"before": before, "after": token.AccessToken, "sub": idToken.Subject}, nil
}

func (a *app) logout(w http.ResponseWriter, r *http.Request) {
	s := a.sessionOf(r)
	if s == nil {
		http.Error(w, "nobody is signed in", http.StatusUnauthorized)
		return
	}
	query := url.Values{"id_token_hint": {s.rawIDToken}, "post_logout_redirect_uri": {a.origin + "/bye"}}
	http.Redirect(w, r, a.endSession+"?"+query.Encode(), http.StatusFound)
}
