/** How a client's own documents are fetched; egress/ answers, which asks nobody that it should not. */

export interface Fetcher {
  /** Rejects for everything but an answer 200 of an accepted media type and size; follows no redirect. */
  get(
    url: string,
    options: { readonly accept: readonly string[]; readonly maxBytes?: number },
  ): Promise<{ readonly body: string; readonly headers: { get(name: string): string | null } }>
}
