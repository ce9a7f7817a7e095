#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace amortflow::test {

/// A folder of a test's own, deleted with it.
class Folder final {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "amortflow-test-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace amortflow::test
