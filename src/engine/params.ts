import { EngineFault } from './engine-fault.ts'

/**
 * The query parameters of a request: `param_x=…` fills `{x:Type}`. They are set in a chDB connection made for that one request
 * (`SET param_x = '…'`), because chDB's own binding keeps them in one place for the whole process, where parallel queries
 * overwrite each other's. Values keep ClickHouse's escaped form, as they stand in the URL.
 */
export function parametersOf(parameters: URLSearchParams): Map<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of parameters) {
    if (!name.startsWith('param_')) continue
    if (!/^param_[A-Za-z0-9_]{1,100}$/.test(name)) {
      throw new EngineFault(
        36,
        'BAD_ARGUMENTS',
        `${JSON.stringify(name)} is not the name of a parameter`,
      )
    }
    found.set(name, value)
  }
  return found
}
