// The built packages, by path: the bench is no package of the workspace, and measures what users get.
import * as heddle from '../../packages/heddle/dist/index.js'
import {
  deviceInfo,
  measureBandwidth,
  memory,
  setNumThreads,
} from '../../packages/tensor/dist/index.js'

export { deviceInfo, heddle, measureBandwidth, memory, setNumThreads }
