/** A server that answers as Prometheus does. */
export interface StackApi {
  /** Without credentials. */
  readonly url: string
  /**
   * Calls an endpoint of the Prometheus API; parameters go in a form, without any it is a GET. The shape of the answer is the
   * server's promise. Rejects with an error whose message is for a person.
   */
  call<T>(path: string, parameters?: Readonly<Record<string, string>>): Promise<T>
}
