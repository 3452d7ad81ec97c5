import {total} from "@/shared";
import type {User} from "../user/model";
