/** Who reads or changes dashboards. */
export interface Author {
  /** For histories: a login, `token NAME`, `command line`, `provisioning`. */
  readonly name: string
  /** Of users, and of the service accounts of tokens. */
  readonly userId?: number
}
