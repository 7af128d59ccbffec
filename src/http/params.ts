/**
 * The parameters of a request, from its URL and, for a form, from its body. As in Go's `FormValue`, of several values the first
 * holds, and those of the body come before those of the URL.
 */
export class Params {
  readonly #body: URLSearchParams | undefined
  readonly #url: URLSearchParams

  /** `url` is the request target, with its query; `form` is the text of an `application/x-www-form-urlencoded` body. */
  constructor(url: string, form?: string) {
    const question = url.indexOf('?')
    this.#url = new URLSearchParams(question < 0 ? '' : url.slice(question + 1))
    this.#body = form === undefined ? undefined : new URLSearchParams(form)
  }

  /** The first value, or '' when there is none: absent and empty mean the same to Prometheus. */
  get(name: string): string {
    return this.#body?.get(name) ?? this.#url.get(name) ?? ''
  }

  /** All values in order. */
  all(name: string): string[] {
    const own = this.#url.getAll(name)
    return this.#body === undefined ? own : [...this.#body.getAll(name), ...own]
  }

  /** The query of the URL, without its question mark; what a redirect takes along. */
  get search(): string {
    return this.#url.toString()
  }
}
