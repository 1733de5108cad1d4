// How the typed client speaks HTTP: only the shapes of fetch. There is no global `fetch` here on purpose: whoever makes
// a client hands one in, so the room reaches no network by itself. URL and URLSearchParams only take text apart.

interface URLSearchParams {
  append(name: string, value: string): void
  getAll(name: string): string[]
  keys(): IterableIterator<string>
  toString(): string
}

declare const URLSearchParams: { new (text?: string): URLSearchParams }

interface URL {
  readonly href: string
  readonly origin: string
  readonly pathname: string
  readonly searchParams: URLSearchParams
}

declare const URL: { new (text: string, base?: string): URL }

interface Headers {
  get(name: string): string | null
}

interface ReadableStream<T> extends AsyncIterable<T> {
  cancel(reason?: unknown): Promise<void>
}

interface Response {
  readonly status: number
  readonly headers: Headers
  readonly body: ReadableStream<Uint8Array> | null
  text(): Promise<string>
  arrayBuffer(): Promise<ArrayBuffer>
}

interface RequestInit {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer>
  readonly signal?: AbortSignal
}
