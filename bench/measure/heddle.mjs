// The built package, by path: the bench is no package of the workspace, and measures what users get.
import * as heddle from '../../packages/heddle/dist/index.js'

export { heddle }
