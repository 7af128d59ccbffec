import { isDeepStrictEqual } from 'node:util'
import type { KubernetesApi } from '../kubernetes/api-client.ts'
import { KubernetesFault } from '../kubernetes/kubernetes-fault.ts'
import { objectOf, textFieldsOf } from '../discovery/json-value.ts'
import type { SecretValues, ValueReference } from './secret-values.ts'

/** A cluster's monitors name so many secrets and config maps at most; further ones are not there. */
const MAX_OBJECTS = 2000

type Values = Readonly<Record<string, string>>

/**
 * The secrets and config maps that objects refer to, and no others, as the API server gives them. What was asked for stays known and
 * is asked for again by `refresh`.
 */
export class FetchedSecrets implements SecretValues {
  readonly #api: KubernetesApi
  /** By path; undefined: there is none. */
  readonly #known = new Map<string, Values | undefined>()
  readonly #wanted = new Set<string>()

  constructor(api: KubernetesApi) {
    this.#api = api
  }

  find({ kind, namespace, name, key }: ValueReference): { text: string } | 'unknown' | undefined {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/${kind}/${encodeURIComponent(name)}`
    if (this.#wanted.size < MAX_OBJECTS) this.#wanted.add(path)
    if (!this.#known.has(path)) return this.#wanted.has(path) ? 'unknown' : undefined
    const text = this.#known.get(path)?.[key]
    return text === undefined ? undefined : { text }
  }

  /** All values that are known, for who must not show them. */
  get revealed(): readonly string[] {
    return [...this.#known.values()].flatMap((values) => Object.values(values ?? {}))
  }

  /** From here on it is noted again what is wanted; what nobody asks for any more is forgotten by `refresh`. */
  begin(): void {
    this.#wanted.clear()
  }

  /** Asks for what is wanted: what is not known, or all. Resolves to whether anything is different now. */
  async refresh(all: boolean, signal: AbortSignal): Promise<boolean> {
    let isChanged = false
    for (const path of this.#known.keys()) if (!this.#wanted.has(path)) this.#known.delete(path)
    for (const path of this.#wanted) {
      if (this.#known.has(path) && !all) continue
      const values = await this.#fetch(path, signal)
      if (values === 'failed') continue
      if (this.#known.has(path) && isDeepStrictEqual(this.#known.get(path), values)) continue
      this.#known.set(path, values)
      isChanged = true
    }
    return isChanged
  }

  /** One that may not be read counts as missing; one that cannot be read now stays as it was. */
  async #fetch(path: string, signal: AbortSignal): Promise<Values | undefined | 'failed'> {
    try {
      const object = objectOf(await this.#api.get(path, {}, signal))
      if (path.includes('/configmaps/')) return textFieldsOf(object['data'])
      return Object.fromEntries(
        Object.entries(textFieldsOf(object['data'])).map(([key, text]) => [
          key,
          Buffer.from(text, 'base64').toString('utf8'),
        ]),
      )
    } catch (thrown) {
      const status = thrown instanceof KubernetesFault ? thrown.status : undefined
      return status === 404 || status === 403 ? undefined : 'failed'
    }
  }
}
