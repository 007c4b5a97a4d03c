import { rounded, type Measured } from '../support/measured';
import { compareModel, type Comparison } from './compare-models';
import type { SectionOptions } from './section';
import { trainedModels, trainedNetworks } from './trained-models';

/** Share of the area under the curve that a conversion may take. */
const largestAucLoss = 0.003;
const leastCosine = { 8: 0.98, 16: 0.995 } as const;

/** Trained networks on the simulated chip against their floats, on photos of people that neither training nor calibration saw. */
export async function measureAccuracy({ models }: SectionOptions): Promise<Measured[]> {
  const { dataset, runs } = await trainedModels(models);
  const rows: Measured[] = [];
  for (const network of trainedNetworks) {
    for (const weightBits of [8, 16] as const) {
      rows.push(...rowsOf(`${network}, ${weightBits}-bit weights`, weightBits, await compareModel(runs[network], dataset, weightBits)));
    }
  }
  return rows;
}

function rowsOf(title: string, weightBits: 8 | 16, { meanCosine, floatAuc, chipAuc, converted }: Comparison): Measured[] {
  const layers = converted.facts.layers.flatMap(({ signalToNoiseDb }) => (signalToNoiseDb === undefined ? [] : [signalToNoiseDb]));
  return [
    { what: `${title}: mean cosine to floats`, value: rounded(meanCosine, 4), unit: '', wanted: { atLeast: leastCosine[weightBits] } },
    { what: `${title}: AUC of the floats`, value: rounded(floatAuc, 4), unit: '' },
    { what: `${title}: AUC lost`, value: rounded(floatAuc - chipAuc, 4), unit: '', wanted: { below: largestAucLoss } },
    { what: `${title}: noisiest layer`, value: rounded(Math.min(...layers), 1), unit: 'dB' },
  ];
}
