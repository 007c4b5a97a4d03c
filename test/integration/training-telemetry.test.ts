import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { createNetwork } from '../../src/network/mobilefacenet';
import type { RunEvent } from '../../src/protocol/run';
import { buildTrainGraph } from '../../src/training/graph/train-graph';
import { createHead } from '../../src/training/heads/create-head';
import { RunFolder } from '../../src/training/run/run-folder';
import { TensorBoardLog } from '../../src/training/telemetry/tensorboard-log';
import { pythonWith, runPython } from '../support/python';
import { testEvaluation, testRecord, testStep } from '../support/run-samples';

/** Every record of every event file of a folder, in the order in which TensorBoard reads them; and the graph, taken in by TensorFlow. */
const script = `
import glob, json, math, sys
import tensorflow as tf
records = []
for name in sorted(glob.glob(sys.argv[1] + "/events.out.tfevents.*")):
    for event in tf.compat.v1.train.summary_iterator(name):
        record = {"step": event.step, "what": event.WhichOneof("what"), "scalars": {}, "texts": {}}
        if event.graph_def:
            graph = tf.compat.v1.GraphDef.FromString(event.graph_def)
            with tf.Graph().as_default() as imported:
                tf.import_graph_def(graph, name="")
            record["nodes"] = len(imported.get_operations())
        if record["what"] == "session_log": record["start"] = event.session_log.status == event.session_log.START
        for value in event.summary.value:
            plugin = value.metadata.plugin_data.plugin_name
            if plugin == "text": record["texts"][value.tag] = tf.make_ndarray(value.tensor)[0].decode()
            elif plugin == "scalars": record["scalars"][value.tag] = value.simple_value if math.isfinite(value.simple_value) else "nan"
        records.append(record)
print(json.dumps(records))
`;

interface PythonRecord {
  readonly step: number;
  readonly what: string;
  readonly scalars: Readonly<Record<string, number | 'nan'>>;
  readonly texts: Readonly<Record<string, string>>;
  readonly nodes?: number;
  readonly start?: boolean;
}

let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'telemetry-'));
});
after(() => rm(folder, { recursive: true, force: true }));

test('TensorFlow reads the event files of a run and of its resume, and imports the graph', async (context) => {
  const python = pythonWith('tensorflow');
  if (python.missing !== undefined) return context.skip(python.missing);
  const spec = createNetwork('k210-s', { imageSize: 64, embeddingLength: 128, alpha: 0.25 });
  const { graph } = buildTrainGraph({
    spec, head: createHead({ kind: 'softmax', sampleRate: 1 }, 5), identities: 5, batch: 4, optimizer: { kind: 'sgd', momentum: 0.9 }, weightDecay: 0, headWeightDecay: 0,
  });
  const run = path.join(folder, 'run');
  const start = (step: number, resumed: boolean): RunEvent => ({ kind: 'start', step, timeMs: 1000, head: 'softmax', resumed });
  const jobs: readonly (readonly RunEvent[])[] = [[start(0, false), testStep(1), testStep(2), testEvaluation(2, 0.75), testStep(3)], [start(2, true), testStep(3, { loss: null })]];
  for (const [index, events] of jobs.entries()) {
    const opened = index === 0 ? await RunFolder.create(run, testRecord()) : await RunFolder.open(run);
    const log = TensorBoardLog.open(opened, graph, 1_700_000_000_000 + index * 60_000);
    for (const event of events) opened.append(event);
    log.close();
    await opened.close();
  }
  const records = await runPython<PythonRecord[]>(python.interpreter, script, { args: [run] });
  assert.deepEqual(records.map(({ what }) => what), [
    'file_version', 'graph_def', 'session_log', 'summary', 'summary', 'summary', 'summary', 'summary', 'file_version', 'session_log', 'summary', 'summary',
  ]);
  assert.equal(records[1]?.nodes, graph.nodes.length);
  assert.deepEqual([records[2]?.start, records[2]?.step, records[9]?.step], [true, 1, 3]);
  assert.equal(records[4]?.scalars['loss'], 3);
  assert.equal(records[6]?.scalars['verification/auc'], 0.75);
  assert.equal(records[10]?.texts['run/start'], '**r01** resumed from checkpoint 2.');
  assert.equal(records[11]?.scalars['loss'], 'nan');
});
