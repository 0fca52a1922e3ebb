// `pnpm goldens DIR [--filter x,y] [--json] [--list]`: runs every golden found below DIR.
import { main } from './goldens/main.mjs'

process.exitCode = await main(process.argv.slice(2))
