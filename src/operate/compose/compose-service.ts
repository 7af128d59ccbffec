/** A text of a compose file with where it stands, `docker-compose.yml:12`. */
export interface Written {
  readonly text: string
  readonly place: string
}

/** A service of a compose file, as far as it matters here, with what other files and `extends` add to it. */
export interface ComposeService {
  readonly name: string
  readonly place: string
  /** With variables replaced; '' for one that names none: it is built, or it changes another one. */
  readonly image: string
  readonly isBuilt: boolean
  /** Under which other services reach it: its name, that of its container, its host name, aliases of its networks. */
  readonly hostNames: readonly string[]
  /** Entrypoint and command, with variables replaced. */
  readonly command: readonly Written[]
  /** Variables are still in the values. */
  readonly environment: ReadonlyMap<string, Written>
  /** Files with more of it, `env_file`; they are not read, since secrets stand in them. */
  readonly environmentFiles: readonly EnvironmentFile[]
  readonly mounts: readonly Mount[]
  readonly ports: readonly PublishedPort[]
  readonly replicas: number
  /** It shares the network of the host: what it opens is published. */
  readonly isOnHostNetwork: boolean
  /** Of `deploy.resources.limits`, or of the older `mem_limit`. */
  readonly memoryLimit: Written | undefined
  /** Only started when one of these is asked for; empty: always. */
  readonly profiles: readonly string[]
  readonly labels: ReadonlyMap<string, Written>
  /** Its other keys. */
  readonly others: readonly Written[]
}

/** A file or folder of the host in a container; named volumes are left out. */
export interface Mount {
  /** Absolute, on the host. */
  readonly source: string
  readonly target: string
  readonly place: string
}

export interface EnvironmentFile {
  /** Absolute. */
  readonly file: string
  readonly place: string
  /** False: it may be absent. */
  readonly isRequired: boolean
}

export interface PublishedPort {
  /** '' is every address. */
  readonly hostIp: string
  readonly host: number
  readonly container: number
  readonly place: string
}
