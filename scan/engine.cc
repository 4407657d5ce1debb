#include "scan/engine.h"
