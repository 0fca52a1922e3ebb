import {
  ConfigError,
  gelu,
  geluTanh,
  quickGelu,
  relu,
  sigmoid,
  silu,
  square,
  type Tensor,
  tanh,
} from '@heddle/tensor'

type Activation = (x: Tensor) => Tensor

// The names that config files use; several have meant the tanh approximation of gelu over time.
const activations: ReadonlyMap<string, Activation> = new Map<string, Activation>([
  ['gelu', gelu],
  ['gelu_python', gelu],
  ['gelu_new', geluTanh],
  ['gelu_fast', geluTanh],
  ['gelu_accurate', geluTanh],
  ['gelu_pytorch_tanh', geluTanh],
  ['gelu_python_tanh', geluTanh],
  ['quick_gelu', quickGelu],
  ['relu', relu],
  ['relu2', (x) => square(relu(x))],
  ['sigmoid', sigmoid],
  ['silu', silu],
  ['swish', silu],
  ['tanh', tanh],
])

/** The activation of a name in config.json; a name outside the set is a `ConfigError`. */
export function activation(name: string): Activation {
  const found = activations.get(name)
  if (found !== undefined) return found
  throw new ConfigError(
    `activation: name must be one of ${[...activations.keys()].join(', ')}; ` +
      `got ${JSON.stringify(name.slice(0, 60))}. Correct hidden_act or activation_function in config.json.`,
  )
}
