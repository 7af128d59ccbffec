// npm start [-- ARGS]: installs and builds when needed, then becomes `bin/vedette start ARGS`. The server runs in
// this very process, so signals and the exit code are its own and no second Node process costs memory.
import { requireSupportedNode } from './lib/project.mjs'

requireSupportedNode()
process.argv.splice(2, 0, 'start')
await import(new URL('../bin/vedette', import.meta.url).href)
