#pragma once

#include <nng/nng.h>
