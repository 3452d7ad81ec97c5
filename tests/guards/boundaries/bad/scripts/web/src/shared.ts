import {all} from "./core";
import {one} from "./core/inner.js";
