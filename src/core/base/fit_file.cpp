#include "base/fit_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <unistd.h>

#include "base/errors.h"
#include "base/json.h"

namespace amortflow {

namespace {

constexpr char kMagic[8] = {'A', 'M', 'O', 'R', 'T', 'F', 'L', 'W'};
constexpr std::size_t kHeaderBytes = 8 + 4 + 8 + 8 + 8;
constexpr const char* kNotOurs = "Was the file written by save_fit(), and copied whole?";

template <class Integer>
void put(std::string& bytes, Integer value) {
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    bytes.push_back(static_cast<char>((static_cast<std::uint64_t>(value) >> (8 * i)) & 0xFFU));
  }
}

template <class Integer>
Integer take(const std::string& bytes, std::size_t& at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  }
  at += sizeof(Integer);
  return static_cast<Integer>(value);
}

std::uint64_t fnv1a(const char* bytes, std::size_t n) {
  std::uint64_t hash = 14695981039346656037U;
  for (std::size_t i = 0; i < n; ++i) hash = (hash ^ static_cast<unsigned char>(bytes[i])) * 1099511628211U;
  return hash;
}

[[noreturn]] void not_a_fit(const std::string& path, const std::string& what) {
  throw FormatError("`" + path + "` must be a fit that save_fit() wrote, but " + what, kNotOurs);
}

std::string whole_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw FormatError("`" + path + "` cannot be read: " + std::strerror(errno));
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

void write_whole(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  const std::string unfinished = path + ".tmp-" + std::to_string(getpid());
  std::ofstream out(unfinished, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (out && std::rename(unfinished.c_str(), path.c_str()) == 0) return;
  const std::string reason = std::strerror(errno);
  std::remove(unfinished.c_str());
  throw FormatError("`" + path + "` cannot be written: " + reason,
                    "Is there room on the disk, and may you write there?");
}

}  // namespace

std::vector<std::uint8_t> fit_file_bytes(const FitFile& file) {
  const std::string json = to_json(file.fit);
  std::string body = json;
  body.append(reinterpret_cast<const char*>(file.weights.data()), file.weights.size());
  std::string bytes(kMagic, sizeof(kMagic));
  put(bytes, FitFile::kVersion);
  put(bytes, static_cast<std::uint64_t>(json.size()));
  put(bytes, static_cast<std::uint64_t>(file.weights.size()));
  put(bytes, fnv1a(body.data(), body.size()));
  bytes += body;
  return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
}

void write_fit_file(const std::string& path, const FitFile& file) { write_whole(path, fit_file_bytes(file)); }

FitFile read_fit_file(const std::string& path) {
  const std::string bytes = whole_file(path);
  if (bytes.size() < kHeaderBytes || std::memcmp(bytes.data(), kMagic, sizeof(kMagic)) != 0) {
    not_a_fit(path, "it begins otherwise");
  }
  std::size_t at = sizeof(kMagic);
  const auto version = take<std::uint32_t>(bytes, at);
  if (version > FitFile::kVersion) {
    throw FormatError("`" + path + "` has format version " + std::to_string(version) + ", this package reads up to " +
                          std::to_string(FitFile::kVersion),
                      "Install a newer amortflow to read it.");
  }
  const auto json_bytes = take<std::uint64_t>(bytes, at);
  const auto weight_bytes = take<std::uint64_t>(bytes, at);
  const auto hash = take<std::uint64_t>(bytes, at);
  const std::uint64_t rest = bytes.size() - kHeaderBytes;
  if (json_bytes > rest || weight_bytes != rest - json_bytes) not_a_fit(path, "its length is not what its header says");
  if (fnv1a(bytes.data() + at, rest) != hash) not_a_fit(path, "its contents were changed or damaged");
  FitFile file;
  file.fit = from_json(bytes.substr(at, json_bytes));
  file.weights.assign(bytes.begin() + static_cast<std::ptrdiff_t>(at + json_bytes), bytes.end());
  return file;
}

}  // namespace amortflow
