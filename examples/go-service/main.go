// A Go service that acts for itself: nobody signs in. It gets its own access tokens and calls the API with them.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func main() {
	issuer := setting("ISSUER", "http://localhost:9500")
	api := setting("API", "http://localhost:9503")
	origin := setting("ORIGIN", "http://localhost:9504")
	provider, err := oidc.NewProvider(context.Background(), issuer)
	if err != nil {
		log.Fatal(err)
	}
	credentials := clientcredentials.Config{
		ClientID:       "go-service",
		ClientSecret:   os.Getenv("GO_SERVICE_SECRET"),
		TokenURL:       provider.Endpoint().TokenURL,
		AuthStyle:      oauth2.AuthStyleInParams,
		Scopes:         []string{"orders:read"},
		EndpointParams: url.Values{"resource": {api}}, // RFC 8707: a token for this API alone
	}
	// It adds a token to each request, and gets a new one when the old one is over.
	client := credentials.Client(context.Background())

	http.HandleFunc("GET /report", func(w http.ResponseWriter, r *http.Request) {
		report, err := countOrders(r.Context(), client, api)
		if err != nil {
			log.Print(err)
			http.Error(w, "the orders cannot be read just now", http.StatusBadGateway)
			return
		}
		fmt.Fprintln(w, report)
	})
	listener, err := net.Listen("tcp", strings.Replace(strings.TrimPrefix(origin, "http://"), "localhost", "127.0.0.1", 1))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("go-service:", origin)
	log.Fatal(http.Serve(listener, nil))
}

func countOrders(ctx context.Context, client *http.Client, api string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, api+"/orders", nil)
	if err != nil {
		return "", err
	}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the API answered %s: %s", response.Status, response.Header.Get("WWW-Authenticate"))
	}
	var answer struct {
		Orders []string `json:"orders"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d orders", len(answer.Orders)), nil
}
