// Encode texts from standard input with bpe.js, for the test that compares with Python.
import { readFileSync } from "node:fs";

import { encodeBpe, readBpe } from "../../llmlab/widgets/bpe.js";

const { packed, texts, options } = JSON.parse(readFileSync(0, "utf8"));
const bpe = readBpe(packed);
process.stdout.write(JSON.stringify(texts.map((text) => encodeBpe(bpe, text, options).ids)));
