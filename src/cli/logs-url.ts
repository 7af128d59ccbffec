import { Option } from 'commander'
import { DEFAULT_LOGS_URL } from './logs-client.ts'

/** Where the Loki API is, for every verb that asks it. */
export function logsUrlOption(): Option {
  return new Option('--url <url>', 'the Loki API of a server; may hold user:password@ and a path')
    .env('VEDETTE_LOGS_URL')
    .default(DEFAULT_LOGS_URL)
}
