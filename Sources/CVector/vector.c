// SPDX-License-Identifier: Apache-2.0

// A target needs a file to compile, and the headers are seen to stand for themselves.
#include "MessageBytes.h"
#include "StringMarks.h"
