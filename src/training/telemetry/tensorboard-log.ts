import { readdirSync } from 'node:fs';
import type { GraphDef } from '../../network/graph/graph-def';
import { encodeGraphDef } from '../../network/graph/graph-def-writer';
import type { RunFolder } from '../run/run-folder';
import { boardMessages } from './board-messages';
import { EventFileWriter } from './event-file-writer';

const eventFile = /^events\.out\.tfevents\./u;

/** Tells TensorBoard what a run writes into events.jsonl, which stays the truth. */
export class TensorBoardLog {
  private constructor(private readonly writer: EventFileWriter) {}

  /** Makes this job's event file in the run's folder and follows the run. The first job of a run also writes the graph. */
  static open(run: RunFolder, graph: GraphDef, timeMs = Date.now()): TensorBoardLog {
    const isFirst = !readdirSync(run.folder).some((name) => eventFile.test(name));
    const writer = EventFileWriter.create(run.folder, timeMs);
    if (isFirst) writer.append({ wallTime: timeMs / 1000, step: 0, content: { kind: 'graph', graph: encodeGraphDef(graph) } });
    run.follow((event) => {
      for (const message of boardMessages(event, run.record)) writer.append(message);
    });
    return new TensorBoardLog(writer);
  }

  close(): void {
    this.writer.close();
  }
}
